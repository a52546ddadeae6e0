export async function rowLatency() { return { text: 'todo' }; }
