#!/bin/bash
cd larch
git status --short --branch; git log --oneline | wc -l; git log --oneline | head -20
ls; cat *.py | head -80
python3 -B media.py 83956
want=$(git stash list; git worktree add -q /tmp/good v3.6 && python3 -B /tmp/good/media.py 83956); echo $want; git worktree remove /tmp/good
printf '#!/bin/bash\nout=$(python3 -B media.py 83956 2>/dev/null) || exit 125\n[ "$out" = "%s" ]\n' "$want" > /tmp/probe.sh; cat /tmp/probe.sh
git bisect start main v3.6 && git bisect run bash /tmp/probe.sh | tail -20
culprit=$(git rev-parse refs/bisect/bad); git bisect log | tail -5; git bisect reset; git switch -q main; echo $culprit
git show $culprit
file=$(git show --format= --name-only $culprit -- $(git show --format= -U0 $culprit -- "*.py" | awk '/^\+\+\+/ {f = substr($2, 3)} /^-    return/ {print f}' | head -1)); echo $file
right=$(git show $culprit~1:$file | grep '^    return'); wrong=$(git show $culprit:$file | grep '^    return'); echo "$wrong ->$right"; grep -n 'return' $file
python3 - "$file" "$wrong" "$right" <<'EOF'
import sys
path, wrong, right = sys.argv[1:]
source = open(path).read()
assert source.count(wrong) == 1
open(path, "w").write(source.replace(wrong, right))
EOF
git diff; bad=$(git show HEAD:media.py > /dev/null && git stash -q && python3 -B media.py 83956; git stash pop -q); python3 -B media.py 83956; echo was $bad
git commit -qam "Bring the right results back" -m "Fixes: $culprit" && git status --short && git log -2 --stat
ticket=$(git log -1 --format=%s $culprit | grep -oE '[A-Z]+-[0-9]+'); guilty=$(git log -1 --format=%an $culprit | awk '{print tolower(substr($1, 1, 1) $NF)}'); echo $ticket $guilty
jq -n --arg commit $culprit --arg author $(git log -1 --format=%ae $culprit) --arg ticket $ticket --arg file $file --argjson good $want --argjson bad $bad '$ARGS.named' > ../regression.json; cd ..; cat regression.json
