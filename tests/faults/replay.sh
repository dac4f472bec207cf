# Part of faults.sh: the replay killed at random moments and started again ends as one that nobody disturbed.
query() { sqlite3 "file:$database?mode=ro" "$1"; }

part_replay() {
  mkdir undisturbed killed
  local from took; from=$(now)
  (cd undisturbed && timeout "$REPLAY_S" "$GCRM" demo --no-serve --json > ../undisturbed.json 2> ../undisturbed.log) \
    || { log=undisturbed.log died "the undisturbed replay failed, or took longer than $REPLAY_S s"; }
  took=$(since "$from")
  ok "undisturbed replay: $(jq -c '{imported, closed, withdrawn, referred, open}' undisturbed.json) in $took s"

  cd killed || exit 2
  local i wait rows
  for i in $(seq 1 "$KILLS"); do
    "$GCRM" demo --no-serve --json > ../killed.json 2>> ../killed.log &
    server=$!
    # Once in the first moments (migrations, catalogues, people), then anywhere in what an undisturbed one takes.
    if [ "$i" = 1 ]; then wait=$(awk "BEGIN { srand($RANDOM); print rand() * 2 }")
    else wait=$(awk "BEGIN { srand($RANDOM); print $took * (0.05 + 0.9 * rand() / $KILLS) }"); fi
    sleep "$wait"
    kill -0 "$server" 2> /dev/null || no "the replay was over before kill $i; nothing was tested"
    kill_server
    database=data/gcrm.db
    rows=$(query "SELECT count(*) FROM cases" 2> /dev/null || echo 0)
    ok "kill -9 number $i after $wait s: $rows cases were there"
    [ ! -s data/gcrm.db ] || equal "PRAGMA integrity_check" "$(sqlite3 data/gcrm.db 'PRAGMA integrity_check')" ok
  done
  timeout "$REPLAY_S" "$GCRM" demo --no-serve --json > ../killed.json 2>> ../killed.log \
    || { log=../killed.log died "the replay did not go on after the kills"; }
  equal "figures after the kills differ from the undisturbed ones" \
    "$(diff <(jq -S 'del(.seconds)' ../undisturbed.json) <(jq -S 'del(.seconds)' ../killed.json) | wc -l)" 0
  whole
  equal "journal rows of cases, killed and undisturbed" "$(query "$count_facts")" \
    "$(sqlite3 ../undisturbed/data/gcrm.db "$count_facts")"
  verified
  integrity data/gcrm.db
}
count_facts="SELECT group_concat(event || ' ' || n, ', ') FROM
  (SELECT event, count(*) AS n FROM journal WHERE event LIKE 'case.%' GROUP BY event ORDER BY event)"
