# Keeps a trace if it shows steps that no trace before it showed: the event, what it met and what it left, of coordinator or branch.
function kind(event) { gsub(/ [0-9]+/, "", event); return event }
function finish() {
  if (fresh && complete) { for (i = 1; i <= n; i++) print lines[i]; for (k in news) seen[k] = 1 }
  n = 0; fresh = 0; complete = 0; delete news; delete last
}
/^trace/ { finish() }
{ lines[++n] = $0 }
/^rest/ { complete = 1 }
!/^trace|^votes/ {
  m = split($0, part, / \| /)
  event = kind(part[1])
  key = event
  for (j = 2; j <= m; j++) {
    name = substr(part[j], 1, 1)
    value = substr(part[j], 3)
    key = name == "=" ? key " = " value : key " | " last[name] " > " value
    if (name != "=") last[name] = value
  }
  if (m == 1) key = key " leaves " last["c"]
  if (!(key in seen) && !(key in news)) { news[key] = 1; fresh++ }
}
END { finish() }
