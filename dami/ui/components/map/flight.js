// Moves points to new positions in a simple picture above the hidden plot; Plotly redraws the plot once at the end,
// because one redraw takes it up to half a second.
const DURATION_MS = 700;

/** @import { Frame, Points } from "./types" */

/**
 * @param {HTMLElement} host
 * @param {Frame} frame
 * @param {Points} from
 * @param {Points} to
 * @param {Uint32Array} pixels
 * @param {number} size of a point, in CSS pixels
 * @returns {Promise<() => void>} removes the picture.
 */
export async function fly(host, frame, from, to, pixels, size) {
  const ratio = Math.min(2, window.devicePixelRatio || 1);
  const [width, height] = [Math.round(frame.width * ratio), Math.round(frame.height * ratio)];
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d");
  if (width < 2 || height < 2 || !context) return () => {};
  canvas.className = "dami-flight";
  canvas.style.cssText =
    `position:absolute;pointer-events:none;left:${frame.left}px;top:${frame.top}px;` +
    `width:${frame.width}px;height:${frame.height}px`;
  host.append(canvas);
  host.classList.add("dami-flying");
  const image = context.createImageData(width, height);
  const screen = new Uint32Array(image.data.buffer);
  const disc = discOf((size * ratio) / 2);
  const reach = Math.ceil((size * ratio) / 2) + 1;
  const scaleX = width / (frame.x[1] - frame.x[0]);
  const scaleY = height / (frame.y[1] - frame.y[0]);
  const start = performance.now();
  for (let share = 0; share < 1; ) {
    share = Math.min(1, (performance.now() - start) / DURATION_MS);
    const eased = share * share * (3 - 2 * share);
    screen.fill(0);
    for (let i = 0; i < to.n; i++) {
      if (!to.placed[i] || !from.placed[i]) continue; // a row that enters or leaves the map has no path
      const column = ((from.x[i] + (to.x[i] - from.x[i]) * eased - frame.x[0]) * scaleX) | 0;
      const line = ((frame.y[1] - from.y[i] - (to.y[i] - from.y[i]) * eased) * scaleY) | 0;
      if (column < reach || line < reach || column >= width - reach || line >= height - reach) continue;
      const at = line * width + column;
      for (let k = 0; k < disc.length; k += 2) screen[at + disc[k] * width + disc[k + 1]] = pixels[i];
    }
    context.putImageData(image, 0, 0);
    await new Promise(requestAnimationFrame);
  }
  return () => {
    host.classList.remove("dami-flying");
    canvas.remove();
  };
}

/**
 * Returns the offsets (line, column) of the pixels of a disc.
 *
 * @param {number} radius
 */
function discOf(radius) {
  const offsets = [];
  const reach = Math.ceil(radius);
  for (let line = -reach; line <= reach; line++)
    for (let column = -reach; column <= reach; column++)
      if (line * line + column * column <= radius * radius) offsets.push(line, column);
  return Int32Array.from(offsets);
}
