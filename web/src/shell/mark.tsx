/** The sign of the house: a pillar box. */
export function Mark({ size = 26 }: { size?: number }) {
  return (
    <svg class="shell-mark" viewBox="0 0 32 32" width={size} height={size} aria-hidden="true">
      <path class="shell-mark-red" d="M8.2 8.2C8.2 4.7 11.6 2.2 16 2.2s7.8 2.5 7.8 6Z" />
      <path class="shell-mark-red" d="M9.4 11.6h13.2V27H9.4z" />
      <path
        class="shell-mark-deep"
        d="M7.9 8.2h16.2a.9.9 0 0 1 .9.9v1.6a.9.9 0 0 1-.9.9H7.9a.9.9 0 0 1-.9-.9V9.1a.9.9 0 0 1 .9-.9Z"
      />
      <path
        class="shell-mark-dark"
        d="M12 13.8h8a.8.8 0 0 1 0 1.8h-8a.8.8 0 0 1 0-1.8ZM8 26.6h16a.9.9 0 0 1 .9.9v1.5a.8.8 0 0 1-.8.8H7.9a.8.8 0 0 1-.8-.8v-1.5a.9.9 0 0 1 .9-.9Z"
      />
      <path
        class="shell-mark-light"
        d="M12.9 18h6.2a.6.6 0 0 1 .6.6v4.2a.6.6 0 0 1-.6.6h-6.2a.6.6 0 0 1-.6-.6v-4.2a.6.6 0 0 1 .6-.6Z"
      />
    </svg>
  );
}
