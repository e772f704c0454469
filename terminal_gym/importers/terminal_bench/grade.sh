
# Runs run-tests.sh as Terminal-Bench does and reads its output as that harness's parsers do, but
# for two things: a test that was skipped or is expected to fail is reported, not passed, and
# where no test ran nothing is solved. Bash and timeout are all it needs of the image.
logs=/logs/verifier
log=$logs/run-tests.log
mkdir -p "$logs"

if [[ $installs && -z $(grep -v '^ *lo:' /proc/net/dev | grep :) ]]; then
  echo "run-tests.sh installs packages, and there is no network: no verdict" >&2
  exit 3
fi

export COLUMNS=160 # of Terminal-Bench's terminal; pytest cuts its lines to it
timeout -k 10 "$limit" bash /tests/run-tests.sh < /dev/null > "$log" 2>&1
ended=$?
late=
[[ $ended == 124 || $ended == 137 ]] && ((SECONDS >= limit)) && late=yes
tail -c 1000000 "$log"

LC_ALL=C
declare -A status=()
names=()

# One test's result; of two results by one name the worse stays.
note() {
  [[ ${status["$1"]-} ]] || names+=("$1")
  case "${status["$1"]-},$2" in
    failed,* | skipped,passed) ;;
    *) status["$1"]=$2 ;;
  esac
}

# The lines below pytest's "short test summary info" (pytest -rA).
read_pytest() {
  local line state name below='' escape=$'\e\\[[0-9;?]*[A-Za-z]'
  local header='=+ *short test summary info *=+'
  while IFS= read -r line || [[ $line ]]; do
    while [[ $line =~ $escape ]]; do line=${line//"${BASH_REMATCH[0]}"/}; done
    if [[ ! $below ]]; then
      [[ $line =~ $header ]] && below=yes
      continue
    fi
    [[ $line =~ ^[[:space:]]*(PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS):?[[:space:]]+(.*[^[:space:]]) ]] || continue
    state=${BASH_REMATCH[1]} name=${BASH_REMATCH[2]}
    [[ $state == PASSED ]] || name=${name%% - *}
    name=${name#*::}
    case $state in
      PASSED) note "$name" passed ;;
      SKIPPED | XFAIL) note "$name" skipped ;;
      *) note "$name" failed ;;
    esac
  done < "$log"
  [[ $below ]] || note "run-tests.sh prints pytest's short test summary (-rA)" failed
}

# What stands between two markers, without the space around it.
between() {
  local text=$1
  text=${text#*"$2"}
  text=${text%"$3"*}
  text=${text#"${text%%[![:space:]]*}"}
  printf %s "${text%"${text##*[![:space:]]}"}"
}

read_markers() { # begin, end, what says that all is well, whether the markers must be there
  local text
  text=$(tr -d '\000' < "$log")
  if [[ $4 && ($text != *"$1"* || $text != *"$2"*) ]]; then
    note "run-tests.sh prints its results" failed
  elif [[ $(between "$text" "$1" "$2") == "$3" ]]; then
    note tests passed
  else
    note tests failed
  fi
}

read_swelancer() {
  local text
  text=$(tr -d '\000' < "$log" | tr '[:upper:]' '[:lower:]')
  case $text in
    *'swe lancer success'*) note swelancer_task passed ;;
    *'swe lancer failure'*) note swelancer_task failed ;;
    *user_tool*completed* | *completed*user_tool*) note swelancer_task passed ;;
    *) note swelancer_task failed ;;
  esac
}

case $parser in
  pytest) read_pytest ;;
  swebench) read_markers 'SWEBench results starts here' 'SWEBench results ends here' PASSED must ;;
  sweperf) read_markers 'SWE-Perf results starts here' 'SWE-Perf results ends here' PASSED must ;;
  mlebench) read_markers 'MLEBench results starts here' 'MLEBench results ends here' 'ALL TESTS PASSED' '' ;;
  swelancer) read_swelancer ;;
esac
[[ $late ]] && note "run-tests.sh ends within $limit s" failed

quoted() { # as a JSON string; anything but ASCII becomes ?
  local text=${1//[^[:print:]]/?} mark='"' slash='\'
  text=${text//"$slash"/"$slash$slash"}
  text=${text//"$mark"/"$slash$mark"}
  printf '"%s"' "$text"
}

declare -A count=([passed]=0 [failed]=0 [skipped]=0)
tests=
for name in "${names[@]}"; do
  state=${status["$name"]}
  ((count[$state]++))
  tests+="${tests:+,}{\"name\":$(quoted "$name"),\"status\":\"$state\",\"duration\":0}"
  [[ $state == passed ]] || echo "$state: $name"
done
printf '{"reportFormat":"CTRF","specVersion":"1.0.0","results":{"tool":{"name":"terminal-bench %s"},"summary":{"tests":%d,"passed":%d,"failed":%d,"skipped":%d,"pending":0,"other":0,"start":0,"stop":0},"tests":[%s]}}\n' \
  "$parser" ${#names[@]} "${count[passed]}" "${count[failed]}" "${count[skipped]}" "$tests" > "$logs/ctrf.json"

reward=0
((${#names[@]} > 0 && count[passed] == ${#names[@]})) && reward=1
echo "$reward" > "$logs/reward.txt"
