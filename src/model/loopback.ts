// Which hosts are the machine itself.

/** With or without a port. No other name is known to lead to this machine wherever it is looked up, not even *.localhost. */
export const LOOPBACK_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i;
