// IPv4 addresses spelled as four decimal numbers, and which of them are not on the public internet.

/** @see https://www.iana.org/assignments/iana-ipv4-special-registry/ and, for 224.0.0.0/4, RFC 5771. */
const SPECIAL_BLOCKS = [
  ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"],
  ...["192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24"],
  ...["192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"],
  ...["224.0.0.0/4", "240.0.0.0/4"],
];
const LOOPBACK_BLOCK = "127.0.0.0/8";
const FOUR_NUMBERS = /^\d{1,3}(?:\.\d{1,3}){3}$/;

/** The address as a number of 32 bits; null for any other text, and for numbers above 255. */
function parse(text: string): number | null {
  const numbers = FOUR_NUMBERS.test(text) ? text.split(".").map(Number) : [256];
  if (numbers.some((number) => number > 255)) return null;
  return numbers.reduce((address, number) => address * 256 + number, 0);
}

function isIn(address: number, block: string): boolean {
  const [first = "", bits] = block.split("/");
  const size = 2 ** (32 - Number(bits));
  return Math.floor(address / size) === (parse(first) ?? 0) / size;
}

/** Whether the text is an address of the loopback block. */
export function isLoopbackAddress(text: string): boolean {
  const address = parse(text);
  return address !== null && isIn(address, LOOPBACK_BLOCK);
}

/** Whether the text is an address that is private, reserved or otherwise not of a host on the public internet. */
export function isSpecialAddress(text: string): boolean {
  const address = parse(text);
  return address !== null && SPECIAL_BLOCKS.some((block) => isIn(address, block));
}
