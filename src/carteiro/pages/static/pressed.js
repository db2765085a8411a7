// A thing that says it is a button sends its form as one does.
const press = (event) => {
  const one = event.target.closest?.('[data-presses]');
  if (!one || (event.type === 'keydown' && ![' ', 'Enter'].includes(event.key))) return;
  event.preventDefault();
  one.closest('form').requestSubmit();
};

document.addEventListener('click', press);
document.addEventListener('keydown', press);
for (const one of document.querySelectorAll('[data-presses]')) one.hidden = false;
