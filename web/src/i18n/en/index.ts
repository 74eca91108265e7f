import { compose } from "./compose";
import { list } from "./list";
import { reading } from "./reading";
import { settings } from "./settings";
import { shell } from "./shell";

export default { shell, list, reading, compose, settings };
