/** All of a store's audit log. */
export async function auditEntries(store) {
  const entries = [];
  for (let after = 0; ; ) {
    const page = await store.audit.entries({ after, limit: 10_000 });
    if (page.length === 0) return entries;
    entries.push(...page);
    after = page.at(-1).seq;
  }
}
