/* The page that shows what the API has: Swagger UI of this installation, with the CSRF token of the page's session. */
const place = document.getElementById("api-documentation");
const forms = JSON.parse(document.body.getAttribute("hx-headers"));
window.SwaggerUIBundle({
  url: place.dataset.description,
  domNode: place,
  docExpansion: "list",
  deepLinking: true,
  defaultModelsExpandDepth: -1,
  validatorUrl: null,
  requestInterceptor: (request) => {
    if (new URL(request.url, location).origin === location.origin) Object.assign(request.headers, forms);
    return request;
  },
});
