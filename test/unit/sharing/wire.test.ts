import assert from 'node:assert/strict';
import { ErrorCodes, ResponseError } from 'vscode-jsonrpc/node';
import { OwnerLostError } from '../../../server/sharing/questions';
import { fromWireError } from '../../../server/sharing/wire';

describe('errors at the pipe', () => {
  it('are the loss of the owner when it ended before the question was written, or before it was answered', () => {
    for (const code of [ErrorCodes.MessageWriteError, ErrorCodes.PendingResponseRejected]) {
      const error = fromWireError(new ResponseError(code, 'write EPIPE'), 'The owner ended.');
      assert.ok(error instanceof OwnerLostError);
      assert.equal(error.message, 'The owner ended.');
    }
    assert.ok(fromWireError(new Error('Connection is closed.'), 'The owner ended.') instanceof OwnerLostError);
  });

  it('are what the owner said otherwise', () => {
    const error = fromWireError(new ResponseError(ErrorCodes.InternalError, 'no such symbol'), 'The owner ended.');
    assert.deepEqual([error instanceof OwnerLostError, error.message], [false, 'no such symbol']);
  });
});
