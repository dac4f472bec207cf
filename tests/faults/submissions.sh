# Part of faults.sh: the service killed while clients submit. What was acknowledged is there, nothing is half there, and
# a request that got no answer can be repeated with its key.
part_submissions() {
  database=data/gcrm.db
  query() { sqlite3 "file:$database?mode=ro" "$1"; }
  settle
  local i
  for i in 1 2 3; do
    start_load "round$i"
    sleep "$(awk "BEGIN { srand($RANDOM); print $LOAD_S * (0.5 + rand()) }")"
    kill_server
    stop_load
    [ "$(acknowledged "round$i" | wc -l)" -gt 0 ] || no "nothing was acknowledged in round $i; nothing was tested"
    serve
    below "kill -9 number $i after $(acknowledged "round$i" | wc -l) acknowledged submissions; ready again in" "$started_in" 5
    whole
    readable "round$i"
  done
  repeat_unanswered round1 round2 round3
  settled
  whole
  verified
  kill -TERM "$server"; wait "$server"
  equal "exit code after SIGTERM" "$?" 0
  server=''
  integrity "$database"
  quiet_log
}
