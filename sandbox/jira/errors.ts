/** A refusal in the shape of Jira's ErrorCollection; thrown by routes, answered by the server. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly errorMessages: readonly string[],
    readonly errors: Readonly<Record<string, string>> = {},
  ) {
    super([...errorMessages, ...Object.values(errors)].join(' '));
  }
}

/** 400 with a message. */
export function badRequest(message: string): ApiError {
  return new ApiError(400, [message]);
}

/** 400 about fields. */
export function fieldErrors(errors: Readonly<Record<string, string>>): ApiError {
  return new ApiError(400, [], errors);
}

export function forbidden(message: string): ApiError {
  return new ApiError(403, [message]);
}

export function notFound(message: string): ApiError {
  return new ApiError(404, [message]);
}

/** The same answer for an issue that is not there and one that the caller may not see. */
export function issueNotFound(): ApiError {
  return notFound('Issue does not exist or you do not have permission to see it.');
}

/** A body that is not what the operation takes. */
export function invalidPayload(): ApiError {
  return badRequest('Invalid request payload. Refer to the REST API documentation and try again.');
}
