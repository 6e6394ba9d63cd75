/** Every setting of repositories, so that a provision needs every action. Appended to a configuration. */
export const everySetting = `
repositories:
  immutability: immutable
  scan-on-push: true
  lifecycle: { keep: 1 }
  readers: { accounts: ['444455556666'] }
  tags: { team: payroll }
`;
