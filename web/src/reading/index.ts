export { Reading } from "./conversation_view";
export { saveMessages } from "./files";
export { printMessages } from "./print";
