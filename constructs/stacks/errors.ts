import type { IConstruct } from 'constructs';

/** A mistake of the user in a construct's props: shown with the construct path, without a stack trace. */
export class ValidationError extends Error {
  constructor(
    /** What is wrong; what to do. Several problems stand on a line each. */
    readonly problems: string,
    scope: IConstruct,
  ) {
    super(`${scope.node.path || '(app)'}: ${problems}`);
    this.name = 'ValidationError';
  }
}
