import stackTrace = require('cdktf/lib/tokens/private/stack-trace');

/*
 * cdktf records a stack trace for every token it makes, some seventy for one VM, and each passes through source maps: two
 * thirds of the time of constructing a cluster. The trace is shown only with an error inside a token, which a cluster
 * of plain values never has. CREATION_STACK=1 brings the traces back, for debugging constructs of your own.
 */
if (!process.env['CREATION_STACK']) {
  stackTrace.captureStackTrace = () => [];
}
