# A simulation's output as a trace: per event one line with what it answered, and of the coordinator (c) and the branches what changed.
function state(name) { return name == "tUnknown" || name == "tForgotten" ? "-" : substr(name, 2) }
function letters(records,    i, n, list, out) {
  n = split(records, list, ",")
  for (i = 1; i <= n; i++) out = out letter[list[i]]
  return out == "" ? "-" : out
}
function call(code) { return substr(code, 1, 1) >= 4 && substr(code, 2, 1) == 0 ? "(" calls[substr(code, 1, 1)] ")" : calls[substr(code, 1, 1)] }
function records(code,    p) { p = (substr(code, 1, 1) == 1 ? "P" : "") end[substr(code, 2, 1)]; return (p == "" ? "-" : p) substr(code, 3) }
function put(name, value) { if (last[name] != value) { line = line " | " name " " value; last[name] = value } }
BEGIN {
  split("held sent there yes no no readOnly done", calls, " "); calls[0] = "none"
  letter["rEpoch"] = "E"; letter["rBegun"] = "B"; letter["rOnePhase"] = "O"; letter["rCommit"] = "C"; letter["rAbort"] = "A"; letter["rEnd"] = "X"
  end[0] = ""; end[1] = "C"; end[2] = "R"
}
over { next }
/^ *> votes/ { votes = votes " " ($4 == 1 ? "yes" : $4 == 2 ? "no" : "readOnly"); next }
/^ *> / { if (votes != "") { print "votes" votes; votes = "" } sub(/^ *> /, ""); line = $0; next }
/^ *= stale 3/ { next }
/^ *= stale [0-9]/ { $3 = calls[$3] }
/^ *= / { sub(/^ */, ""); line = line " | " $0; next }
/^ *: / {
  sub(/^ *: */, "")
  n = split($0, part, / \| /)
  split(part[1], c, " ")
  put("c", state(c[1]) " " c[2] " " letters(c[3]))
  for (i = 2; i <= n; i++) {
    split(part[i], b, " ")
    put(i - 2, substr(b[1], 2) " " call(b[2]) " " substr(b[3], 2) " " records(b[4]))
  }
  print line
  over = line ~ /^rest/
}
