import type { Row } from './cell';
import { ANSWER_ROWS } from './rows-answers';
import { SERVER_ROWS } from './rows-servers';
import { TASK_ROWS } from './rows-tasks';

/** The fault matrix, in the order of the document. */
export const ROWS: readonly Row[] = [...TASK_ROWS, ...ANSWER_ROWS, ...SERVER_ROWS];
