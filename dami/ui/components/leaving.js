// Tells whether the person leaves the page: a link to another one is pressed, and that one is not there yet. A message
// that is sent meanwhile names this page, and Streamlit would come back to it.

const LINKS = "nav a, a[data-testid$='NavLink']";
const PATIENCE_MS = 60000; // then the other page does not come, and this one goes on

let from = "";
let at = -Infinity;

document.addEventListener(
  "click",
  ({ target, ctrlKey, metaKey, shiftKey }) => {
    const link = target instanceof Element ? target.closest(LINKS) : null;
    if (!(link instanceof HTMLAnchorElement) || ctrlKey || metaKey || shiftKey) return;
    if (link.pathname !== location.pathname) [from, at] = [location.pathname, performance.now()];
  },
  { capture: true },
);
window.addEventListener("popstate", () => (at = -Infinity)); // back again by the browser's own button

export const isLeaving = () => from === location.pathname && performance.now() - at < PATIENCE_MS;
