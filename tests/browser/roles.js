// What is on the page by role and name, as it is read aloud. Only what this page is made of.
const SELECTORS = {
    alert: '[role=alert]', application: '[role=application]', button: 'button', checkbox: 'input[type=checkbox]', combobox: 'select',
    complementary: 'aside', contentinfo: 'footer', definition: 'dd', dialog: '[role=dialog]', disclosure: 'summary', group: '[role=group]',
    heading: 'h1, h2, h3, h4, h5, h6', img: '[role=img]', link: 'a[href]', list: 'ul, ol', listitem: 'li', main: 'main',
    navigation: 'nav', note: '[role=note]', region: 'section, [role=region]', searchbox: 'input[type=search]', slider: 'input[type=range], [role=slider]',
    spinbutton: 'input[type=number]', status: 'output, [role=status]', textbox: 'textarea, input[type=text]', toolbar: '[role=toolbar]',
};
// These have no name of their own: they are found by what they say.
const SAY = ['alert', 'heading', 'listitem', 'status'];

// What has no box of its own is seen where what holds it is.
const isDrawn = e => getComputedStyle(e).display == 'contents' ? isDrawn(e.parentElement) : e.checkVisibility({ visibilityProperty: true });
const isShown = e => isDrawn(e) && !e.closest('[aria-hidden=true]');
const tidy = text => text.replace(/\s+/g, ' ').trim();
// The words inside an element, with those that are only heard and without those that are only seen.
const words = e => {
    if (e.nodeType == Node.TEXT_NODE) return e.data;
    if (e.nodeType != Node.ELEMENT_NODE || e.ariaHidden == 'true' || !isDrawn(e) || e.matches('input, select, textarea')) return '';
    // The name of a list or a region stands beside its words, that of a button in their place.
    const label = e.matches('button, a, summary, [role=img]') ? e.getAttribute('aria-label') : null;
    const own = label ?? [...e.childNodes].map(words).join('');
    const { display, position } = getComputedStyle(e);
    return display.startsWith('inline') || position == 'absolute' ? own : ` ${own} `;
};
// What an element says, whatever it is called.
const content = e => tidy([...e.childNodes].map(words).join(''));
const labels = e => {
    const ids = e.getAttribute('aria-labelledby');
    if (ids) return ids.split(' ').map(id => words(document.getElementById(id))).join(' ');
    return e.getAttribute('aria-label') ?? (e.labels?.length ? [...e.labels].map(words).join(' ') : null);
};
const name = (e, role) => {
    if (role == 'definition') return tidy(words(e.previousElementSibling));
    const inside = ['button', 'disclosure', 'link', ...SAY].includes(role) ? content(e) : null;
    return tidy((SAY.includes(role) ? inside : labels(e) ?? inside) || e.title || e.placeholder || '');
};
// "Ask…" is whatever begins with "Ask"; an empty name is any.
const fits = (name, wanted) => wanted == '' || (wanted.endsWith('…') ? name.startsWith(wanted.slice(0, -1)) : name == wanted);
const all = (role, wanted, inside) => [...inside.querySelectorAll(SELECTORS[role])].filter(e =>
    (e.getAttribute('role') ?? role) == role && isShown(e) && fits(name(e, role), wanted));
// All that fit the last step of a way from the outside to the inside; what a disclosure discloses is inside it.
const find = way => way.reduce((places, { role, name: wanted, at }) => {
    const inside = places.map(e => e.matches?.('summary') ? e.parentElement : e);
    const found = [...new Set(inside.flatMap(e => all(role, wanted, e)))];
    return at == null ? found : found.slice(at, at + 1);
}, [document]);

// The rows of images, each with its button, its file's name and what became of it.
const rows = () => find([{ role: 'navigation', name: 'Images' }, { role: 'listitem', name: '' }]).filter(row => row.querySelector('button'));
const row = item => {
    const button = all('button', '', item)[0], file = button.title, brief = name(button, 'button').slice(file.length).trim();
    const isOpen = all('button', 'Cancel', item).length > 0;
    const ends = { Refused: 'refused', 'Could not be examined': 'failed', Stopped: 'cancelled' };
    const state = isOpen ? (brief.startsWith('Waiting') ? 'waiting' : 'working') : ends[brief.split(' · ')[0]] ?? 'done';
    return { file, brief, state };
};
