// A captcha without a widget is asked when the form is sent; the form then goes on by itself.
document.addEventListener('submit', (event) => {
  const form = event.target;
  const place = form.querySelector('[data-captcha]');
  if (!place || place.value || !window.grecaptcha) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const api = window.grecaptcha.enterprise ?? window.grecaptcha;
  api.ready(async () => {
    place.value = await api.execute(place.dataset.captcha, {action: 'sign_in'});
    form.requestSubmit(event.submitter);
  });
}, true);
