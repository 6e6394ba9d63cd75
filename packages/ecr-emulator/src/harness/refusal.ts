/** The name and the message of the exception in which a call ended. @throws Error when it did not end in one */
export async function refusalOf(call: Promise<unknown>): Promise<{ name: string; message: string }> {
  try {
    await call;
  } catch (error) {
    const { name, message } = error as Error;
    return { name, message };
  }
  throw new Error('was not refused');
}
