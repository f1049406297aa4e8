const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
const status = document.getElementById("status");
document.getElementById("stop").onclick = () => worker.postMessage("stop");
worker.onerror = ({ message }) => {
  status.textContent = message;
};
worker.onmessage = ({ data }) => {
  const { step, loss, wrong, counted, pictures, done } = data;
  status.textContent = `${done ? "Done: step" : "Step"} ${step}, loss ${loss.toFixed(2)} nats, ${wrong} of ${counted} bits wrong`;
  document.body.dataset.step = String(step);
  for (const [name, picture] of Object.entries(pictures)) draw(document.getElementById(name), picture);
};

/** Draws values from 0 to 1, [time, row], with time from left to right. */
function draw(canvas, { times, rows, values }) {
  canvas.width = times;
  canvas.height = rows;
  const context = canvas.getContext("2d");
  const image = context.createImageData(times, rows);
  for (let time = 0; time < times; time++) {
    for (let row = 0; row < rows; row++) {
      const value = values[time * rows + row];
      // From white to dark blue.
      image.data.set(
        [255 - 235 * value, 255 - 190 * value, 255 - 105 * value, 255],
        (row * times + time) * 4,
      );
    }
  }
  context.putImageData(image, 0, 0);
}
