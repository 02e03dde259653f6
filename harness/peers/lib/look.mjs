// What a person needs of a page: that it fits, can be read, and that nothing in it is stopped by its own policy.
import { must } from './conversation.mjs';

/** Runs in the page: texts whose contrast is below WCAG 2.2 AA (1.4.3). */
function faint() {
  const canvas = document.createElement('canvas').getContext('2d');
  const parse = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((value) => value / 255).map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color[3] === 255) return color;
    }
    return [255, 255, 255, 255];
  };
  const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  const shown = (element) => element.checkVisibility({ visibilityProperty: true });
  return [...document.body.querySelectorAll('*')].filter((element) => hasText(element) && shown(element)).flatMap((element) => {
    const style = getComputedStyle(element);
    const [one, other] = [light(parse(style.color)), light(behind(element))].sort((a, b) => b - a);
    const contrast = (one + 0.05) / (other + 0.05);
    const large = parseFloat(style.fontSize) >= 24;
    return contrast < (large ? 3 : 4.5) ? [`${element.textContent.trim().slice(0, 30)}: ${contrast.toFixed(1)}`] : [];
  });
}

/** Looks at the page on a phone and on a desk, by day and by night; pictures go to the folder. */
export async function look(page, folder, name) {
  for (const [place, width] of [['desk', 1000], ['phone', 360]]) {
    await page.setViewportSize({ width, height: 760 });
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: `${folder}/${name}-${place}-${colorScheme}.png`, fullPage: true });
      const weak = await page.evaluate(faint);
      must(weak.length === 0, `hard to read (${colorScheme}): ${weak.join(', ')}`);
    }
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
    must(!wide, `wider than a ${place}`);
  }
}

/** Collects what the browser complains about: a policy that stops the page's own parts, a script that fails. */
export function complaints(page) {
  const heard = [];
  // A refused sign-in has an error's status, which the console mentions.
  page.on('console', (message) => message.type() === 'error' && !/status of 4\d\d/.test(message.text()) && heard.push(message.text()));
  page.on('pageerror', (error) => heard.push(error.message));
  return heard;
}
