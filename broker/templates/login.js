(function () {
  function redeem() {
    var token = location.hash.slice(1);
    if (!token) return;
    history.replaceState(null, "", location.pathname);
    var form = document.getElementById("link");
    form.elements.token.value = token;
    form.submit();
  }
  // A link pasted into a tab that already shows this page changes nothing but the fragment.
  addEventListener("hashchange", redeem);
  redeem();
})();
