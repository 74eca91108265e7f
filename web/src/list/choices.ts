/** What can be chosen at once, of all of the list. */
export const CHOICES = ["all", "none", "read", "unread", "starred", "unstarred"] as const;
export type Choice = (typeof CHOICES)[number];
