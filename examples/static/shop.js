// The shop works without this. It shows the stock of what is in the cart as it changes.
const table = document.querySelector("[data-stock]");
if (table) {
  new EventSource(table.dataset.stock).onmessage = (event) => {
    const { product, stock } = JSON.parse(event.data);
    table.querySelector(`[data-product="${product}"]`).textContent = stock;
  };
}
