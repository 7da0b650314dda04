# Puts hit(file, line) behind every guard: the first " ->" of a line that stands in no parentheses and no comment.
/^[ \t]*(#|\/\*|\*)/ { print; next }
{
  depth = 0
  for (i = 1; i <= length($0); i++) {
    c = substr($0, i, 1)
    if (c == "(" || c == "[") depth++
    else if (c == ")" || c == "]") depth--
    else if (substr($0, i, 2) == "/*") break
    else if (depth == 0 && substr($0, i, 2) == "->") {
      print substr($0, 1, i + 1) " c_code { hit(" number ", " NR "); };" substr($0, i + 2)
      next
    }
  }
  print
}
