export { SearchBar } from "./search_bar";
