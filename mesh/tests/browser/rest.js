// How long a page is, or nothing while it still loads. The pattern book shows what waits on purpose.
const page = document.querySelector('main, form');
const waiting = location.pathname !== '/kit' && document.querySelector('.bones, [aria-busy="true"]');
return page && !waiting && document.readyState === 'complete' ? document.body.innerHTML.length : null;
