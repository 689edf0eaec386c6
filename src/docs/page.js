// Starts Swagger UI on the service's own document. A file, because the page's policy allows no inline script.

window.SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#reference",
  deepLinking: true,
  displayOperationId: true,
  displayRequestDuration: true,
  // Would send the document's address to a third party.
  validatorUrl: null,
});
