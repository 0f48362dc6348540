setInterval(async () => {
  try {
    const now = await (await fetch("revision" + location.search)).text();
    if (now !== revision) location.reload();
  } catch { /* the server has ended; the page stays */ }
}, 2000);
