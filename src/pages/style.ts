// The one stylesheet of the pages. It stands in each page, whose policy allows it by its hash.

export const STYLE = `
:root{color-scheme:light dark;--ink:#1b1f2a;--quiet:#51596b;--page:#f2f4f8;--card:#fff;--line:#cfd5e0;--accent:#0b57d0;--on-accent:#fff;--ring:#0b57d0}
@media (prefers-color-scheme:dark){:root{--ink:#eceff6;--quiet:#b3bbcb;--page:#12151c;--card:#1c212c;--line:#3b4456;--accent:#a8c7fa;--on-accent:#0a2250;--ring:#a8c7fa}}
*{box-sizing:border-box}
html{font:100%/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Hiragino Sans","Noto Sans JP",sans-serif;-webkit-text-size-adjust:100%}
body{margin:0;min-height:100vh;min-height:100dvh;padding:1rem;display:grid;place-items:center;color:var(--ink);background:var(--page)}
main{width:min(100%,28rem);padding:clamp(1.5rem,5vw,2.25rem);background:var(--card);border:1px solid var(--line);border-radius:1rem;overflow-wrap:anywhere}
h1{margin:0 0 .75rem;font-size:1.5rem;line-height:1.25;text-wrap:balance}
p{margin:0 0 1rem}
ul{margin:0 0 1.25rem;padding:0;list-style:none;border-top:1px solid var(--line)}
li{padding:.65rem 0 .65rem 1.75rem;border-bottom:1px solid var(--line);position:relative}
li::before{content:"";position:absolute;left:.35rem;top:1.05rem;width:.5rem;height:.5rem;border-radius:50%;background:var(--accent)}
code{display:block;font-size:.875rem;color:var(--quiet)}
.quiet{color:var(--quiet);font-size:.9375rem}
.actions{display:flex;flex-wrap:wrap;gap:.75rem;margin-top:1.5rem}
.actions form{flex:1 1 9rem;display:flex}
.button{flex:1 1 9rem;display:flex;align-items:center;justify-content:center;width:100%;min-height:3rem;padding:.65rem 1.1rem;font:inherit;font-weight:600;line-height:1.3;text-align:center;text-decoration:none;color:var(--ink);background:transparent;border:1px solid var(--quiet);border-radius:.65rem;cursor:pointer}
.primary{color:var(--on-accent);background:var(--accent);border-color:var(--accent)}
.button:hover{text-decoration:underline}
:focus-visible{outline:3px solid var(--ring);outline-offset:3px}
`;
