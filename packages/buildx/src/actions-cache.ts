type Variables = Readonly<Record<string, string | undefined>>;

/** Returns the variables with the address and the token of the GitHub Actions cache, which buildx reads. */
export function actionsCacheVariables(env: Variables): Variables {
  const names = new Set([
    'ACTIONS_CACHE_URL',
    'ACTIONS_RESULTS_URL',
    'ACTIONS_RUNTIME_TOKEN',
    'ACTIONS_CACHE_SERVICE_V2',
  ]);
  return Object.fromEntries(Object.entries(env).filter(([name]) => names.has(name)));
}
