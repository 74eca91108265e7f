import { Icon } from "../parts/icon";

/** What went wrong, read out when it comes. */
export function Problem({ text }: { text: string }) {
  return (
    <div class="sign-in-problem" role="alert">
      {text && (
        <p>
          <Icon name="circle-alert" size={17} />
          <span>{text}</span>
        </p>
      )}
    </div>
  );
}
