// Answers what axe finds wrong with the page as it looks in a theme; arguments are the theme, the rules to look by (none is
// all) and where to put the answer. What moves has come to rest before colours are looked at.
const [theme, rules, done] = arguments;
document.documentElement.dataset.theme = theme;
const ends = motion => motion.effect.getComputedTiming().endTime < Infinity;
const told = ({ id, help, nodes }) =>
  nodes.map(node => `${id} (${help}): ${node.target.join(' ')}: ${node.failureSummary.replace(/\s+/g, ' ')}`);
Promise.allSettled(document.getAnimations().filter(ends).map(motion => motion.finished))
  .then(() => axe.run(document, { resultTypes: ['violations'], ...(rules.length && { runOnly: rules }) }))
  .then(({ violations }) => done(violations.flatMap(told)), error => done([String(error)]));
