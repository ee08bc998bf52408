import type { IncomingHeaders } from '../../contract/signing';
import { answerInbox } from '../usecases/answer-inbox';
import { createServices, type InvocationContext } from './services';

/** A call of a web trigger (Forge, web trigger reference). Older platforms leave the body out when it is empty. */
interface WebTriggerCall {
  method: string;
  headers: IncomingHeaders;
  body?: string;
}

interface WebTriggerAnswer {
  statusCode: number;
  headers: Record<string, string[]>;
  body: string;
}

/** Web trigger `relay-inbox`: everything that relays say to the app. */
export async function relayInbox(
  call: WebTriggerCall,
  context: InvocationContext,
): Promise<WebTriggerAnswer> {
  if (call.method !== 'POST') return { statusCode: 405, headers: { Allow: ['POST'] }, body: '' };
  const answer = await answerInbox(createServices(context), { headers: call.headers, body: call.body ?? '' });
  const headers = Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, [value]]));
  return {
    statusCode: answer.status,
    headers: { 'content-type': ['application/json'], ...headers },
    body: answer.body,
  };
}
