// Consent mode: before any tag runs, every signal that can be refused is denied; then those whose class
// this visitor agreed to are granted. Both lists are the server's (data- attributes of this script).
(() => {
	const {denied, granted} = document.currentScript.dataset;
	const all = (list, word) =>
		Object.fromEntries(list.split(' ').filter(Boolean).map((signal) => [signal, word]));

	window.dataLayer = window.dataLayer || [];
	function signal() {
		window.dataLayer.push(arguments); // what reads it asks for an arguments object
	}
	signal('consent', 'default', {...all(denied, 'denied'), security_storage: 'granted'});
	if (granted) signal('consent', 'update', all(granted, 'granted'));
})();
