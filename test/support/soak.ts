// Whether the tests run at length (`npm run test:soak`): the same proofs, of larger numbers.

export const IS_SOAK = process.env.SOAK !== undefined;
