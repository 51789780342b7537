(function () {
  var token = location.hash.slice(1);
  if (!token) return;
  history.replaceState(null, "", location.pathname);
  var form = document.getElementById("link");
  form.elements.token.value = token;
  form.submit();
})();
