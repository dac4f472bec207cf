# Part of faults.sh: a PostgreSQL of its own is stopped, and frozen, while clients submit.
as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }

start_cluster() {
  as_postgres "$pg_bin/pg_ctl" -D "$cluster" -l "$cluster/server.log" -o "-p $PG_PORT -h 127.0.0.1 -k $cluster ${1:-}" -w start > /dev/null
}

# answers FILE: everything that was answered in an outage was 503 problem+json within two seconds.
answers() {
  equal "answers in the outage" "$(awk '{ sub(/;$/, "", $4); print $2, $4 }' "$1" | sort | uniq -c | sort -rn | awk '{ print $2, $3 }' | tr '\n' ' ')" \
    "503 application/problem+json "
  below "slowest answer in the outage" "$(awk '$3 > most { most = $3 } END { print most + 0 }' "$1")" 2
}
health() { curl -s -m 5 -o /dev/null -w '%{http_code}' "$BASE/health/$1"; }

# The requests that begin in the outage: submissions by 4 clients for $1 seconds, into file $2.
in_outage() {
  local until=$((SECONDS + $1)) n=0
  while [ $SECONDS -lt $until ]; do
    n=$((n + 1))
    seq -f "faults-$2-$RANDOM$RANDOM-%09.0f" 1 4 | CLIENTS=4 submit "$2"
    curl -s -m 20 -o /dev/null -H "Authorization: Bearer $token" "$API/cases?limit=5" \
      -w "read-$n %{http_code} %{time_total} %{content_type}\n" >> "$2.reads"
  done
}

recovered() {   # seconds from $1 until the service is ready and a submission is acknowledged
  until [ "$(health ready)" = 200 ]; do below_limit "$1" 30 || break; sleep 0.05; done
  until seq -f "faults-back-$RANDOM$RANDOM-%09.0f" 1 1 | submit back && tail -n 1 back | grep -q ' 201 '; do
    below_limit "$1" 30 || break
    sleep 0.05
  done
  below "ready, and a submission acknowledged, after its return in" "$(since "$1")" 5
}

part_postgres() {
  pg_bin=$(dirname "$(ls -d /usr/lib/postgresql/*/bin/initdb "$(command -v initdb)" 2> /dev/null | sort -V | tail -n 1)")
  [ -x "$pg_bin/initdb" ] || { no "no initdb here: PostgreSQL was not tested"; return; }
  mkdir cluster; cluster=$PWD/cluster
  [ "$(id -u)" != 0 ] || chown postgres "$cluster"
  as_postgres "$pg_bin/initdb" -D "$cluster" -A trust -U gcrm --data-checksums > /dev/null 2>> "$log" || died "initdb"
  start_cluster || died "PostgreSQL did not start"
  export DATABASE_URL=postgres://gcrm@127.0.0.1:$PG_PORT/postgres
  query() { psql -X -A -t -q "$DATABASE_URL" -c "$1"; }
  settle

  local n from
  for n in 1 2; do
    start_load "round$n"
    sleep "$LOAD_S"
    as_postgres "$pg_bin/pg_ctl" -D "$cluster" -m immediate -w stop > /dev/null
    [ "$(acknowledged "round$n" | wc -l)" -gt 0 ] || no "nothing was acknowledged before stop $n; nothing was tested"
    in_outage 4 "outage$n"
    equal "PostgreSQL stopped ($n) after $(acknowledged "round$n" | wc -l) submissions: /health/ready" "$(health ready)" 503
    equal "/health/live" "$(health live)" 200
    start_cluster || died "PostgreSQL did not come back"
    from=$(now)
    recovered "$from"
    sleep 1
    stop_load
    answers "outage$n"; answers "outage$n.reads"
    equal "other answers to the load than 201 and 503" "$(awk '$2 != 201 && $2 != 503 && $2 != "000"' "round$n" | wc -l)" 0
    below "slowest answer to the load" "$(awk '$2 == 503 && $3 > most { most = $3 } END { print most + 0 }' "round$n")" 2
    readable "round$n"
  done

  frozen_part
  repeat_unanswered round1 outage1 round2 outage2 round3 outage3 back
  settled
  whole
  verified
  kill -TERM "$server"; wait "$server"
  equal "exit code after SIGTERM" "$?" 0
  server=''
  quiet_log
  as_postgres "$pg_bin/pg_ctl" -D "$cluster" -m fast -w stop > /dev/null
  chinese_part
  as_postgres "$pg_bin/pg_ctl" -D "$cluster" -m fast -w stop > /dev/null && cluster=''
  unset DATABASE_URL
}

# A server that tells errors in Chinese, and a role that may not choose otherwise: a deadlock could not be recognised, so the
# service does not start and says what to do; when that was done, it does.
chinese_part() {
  local said words=$PWD/words
  mkdir "$words"
  localedef -i zh_CN -f UTF-8 "$words/zh_CN.utf8" 2> /dev/null
  LOCPATH=$words start_cluster "-c lc_messages=zh_CN.utf8" || { echo "not tested: a server that speaks Chinese"; start_cluster; return; }
  query "CREATE ROLE plain LOGIN" && query "CREATE DATABASE plain OWNER plain"
  [[ $(psql -X "postgres://plain@127.0.0.1:$PG_PORT/plain" -c "SELECT 1 / 0" 2>&1) != *zero* ]] \
    || { echo "not tested: a server that speaks Chinese (its translations are not installed)"; return; }
  DATABASE_URL=postgres://plain@127.0.0.1:$PG_PORT/plain
  "$GCRM" migrate >> "$log" 2>&1 || died "gcrm migrate"
  said=$("$GCRM" check 2>&1)
  equal "a server that speaks Chinese is refused" "$?" 1
  equal "what to do about it is told" "$(grep -c 'ALTER ROLE .* SET lc_messages' <<< "$said")" 1
  psql -X -q "postgres://gcrm@127.0.0.1:$PG_PORT/postgres" -c "ALTER ROLE plain SET lc_messages = 'C'"
  "$GCRM" check >> "$log" 2>&1
  equal "and when that was done, all fits" "$?" 0
}

# A server that still has the connections and says nothing (a hung disk, a lost network): all are told 503 in time, those
# whose statement was under way when it froze, too.
frozen_part() {
  start_load round3
  sleep "$LOAD_S"
  local postmaster; postmaster=$(head -n 1 "$cluster/postmaster.pid")
  frozen="$postmaster $(pgrep -P "$postmaster" | tr '\n' ' ')"
  # shellcheck disable=SC2086
  kill -STOP $frozen
  in_outage 4 outage3
  equal "PostgreSQL frozen after $(acknowledged round3 | wc -l) submissions: /health/ready" "$(health ready)" 503
  equal "/health/live" "$(health live)" 200
  # shellcheck disable=SC2086
  kill -CONT $frozen
  frozen=''
  recovered "$(now)"
  sleep 1
  stop_load
  answers outage3; answers outage3.reads
  below "slowest answer to the load" "$(awk '$2 == 503 && $3 > most { most = $3 } END { print most + 0 }' round3)" 2
  readable round3
}
