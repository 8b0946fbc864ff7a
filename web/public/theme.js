// Runs before the first paint: the theme somebody chose must not flash up in the other one while the program loads.
const theme = localStorage.getItem("tm.theme");
if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
