export { COMMANDS, type CommandId, runOffered } from "./commands";
export { List } from "./list";
export { step } from "./moving";
