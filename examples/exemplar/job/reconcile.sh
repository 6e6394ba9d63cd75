#!/bin/sh
# The nightly job: adds up the ledger and says whether it balances.
set -eu

if [ "${1:-}" = "--version" ]; then
  echo "reconcile 1"
  exit 0
fi

sum=0
while read -r amount; do sum=$((sum + amount)); done
if [ "$sum" -eq 0 ]; then echo "balanced"; else echo "off by $sum" && exit 1; fi
