// The settings that somebody edits in the console, shown as they come. Only the page that frames this
// one is listened to, and only where it is the console.
const place = document.querySelector('[data-preview]');
let known = window.logtoSsr ?? JSON.parse(document.getElementById('logto-ssr').textContent);
let phrases = known.phrases.data;
let language = known.phrases.lng;

const say = (key) => key.split('.').reduce((at, part) => at?.[part], phrases) ?? key;
const all = (name) => document.querySelectorAll(name);
const LABELS = {username: 'input.username', email: 'input.email', phone: 'input.phone_number'};

function black(color) {
  const digits = color.slice(1).length === 3 ? [...color.slice(1)].map((one) => one + one).join('') : color.slice(1);
  const parts = [0, 2, 4].map((at) => parseInt(digits.slice(at, at + 2), 16) / 255);
  const [r, g, b] = parts.map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
  const light = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return 1.05 / (light + 0.05) < (light + 0.05) / 0.05;
}

function paint(settings, mode) {
  const dark = mode === 'dark' && settings.color?.isDarkModeEnabled;
  const color = dark ? settings.color.darkPrimaryColor : settings.color?.primaryColor;
  const root = document.documentElement.style;
  if (/^#(?:[\da-f]{3}|[\da-f]{6})$/i.test(color ?? '')) {
    root.setProperty('--brand', color);
    root.setProperty('--on-brand', black(color) ? '#000000' : '#ffffff');
  }
  root.colorScheme = dark ? 'dark' : 'light';
  const logo = (dark && settings.branding?.darkLogoUrl) || settings.branding?.logoUrl;
  const shown = document.querySelector('.brand');
  shown.replaceChildren();
  if (/^(?:https?:\/\/|data:image\/)/.test(logo ?? '')) {
    const image = document.createElement('img');
    image.className = 'logo';
    image.alt = '';
    image.src = logo;
    shown.append(image);
  }
  return dark ? 'dark' : 'light';
}

function fill(settings) {
  const methods = settings.signIn?.methods ?? [];
  const kinds = Object.keys(LABELS).filter((kind) => methods.some((one) => one.identifier === kind));
  document.querySelector('label[for=identifier]').textContent = kinds.map((kind) => say(LABELS[kind])).join(' / ');
  document.querySelector('label[for=password]').textContent = say('input.password');
  for (const one of all('[data-says]')) one.textContent = say(one.dataset.says);
  const first = methods.length && methods.every((one) => one.password && (one.isPasswordPrimary || !one.verificationCode));
  document.querySelector('[data-password]').hidden = !first;
  document.querySelector('[data-register]').hidden = settings.signInMode !== 'SignInAndRegister';
  const terms = [['termsOfUseUrl', 'description.terms_of_use'], ['privacyPolicyUrl', 'description.privacy_policy']];
  document.querySelector('[data-terms]').textContent =
    terms.filter(([name]) => settings[name]).map(([, key]) => say(key)).join(' · ');
}

async function show({signInExperience: settings, language: wanted, mode, platform}) {
  if (typeof wanted === 'string' && wanted !== language) {
    const answer = await fetch(`/api/.well-known/phrases?lng=${encodeURIComponent(wanted)}`);
    phrases = (await answer.json()).translation;
    language = wanted;
    document.documentElement.lang = answer.headers.get('content-language') ?? wanted;
    document.documentElement.dir = /^(?:ar|fa|he|ur)\b/.test(wanted) ? 'rtl' : 'ltr';
  }
  if (!settings) return;
  const now = paint(settings, mode);
  document.body.className = `${platform === 'mobile' ? 'mobile' : 'web'} ${now}`;
  fill(settings);
}

addEventListener('message', (event) => {
  if (window.parent === window || event.source !== window.parent) return;
  if (event.origin !== place.dataset.preview || event.data?.sender !== 'ac_preview') return;
  if (event.data.config && typeof event.data.config === 'object') void show(event.data.config);
});
fill(known.signInExperience.data);
