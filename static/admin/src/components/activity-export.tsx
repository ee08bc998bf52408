import Button from '@atlaskit/button/new';
import type { ActivityFilter } from '../../../../contract/admin';
import { texts } from '../texts';
import { useAction } from '../use-call';
import { tellSuccess } from './flags';
import { Failure } from './states';

/** Saves what the filter lets through as a file. */
export function ActivityExport({ filter }: { filter: ActivityFilter }) {
  const make = useAction('exportActivity');
  const save = async (format: 'csv' | 'json'): Promise<void> => {
    const made = await make.run({ format, filter });
    if (made === undefined) return;
    download(made);
    tellSuccess(
      made.isCut ? texts.activity.exportedCut(made.entries) : texts.activity.exported(made.entries),
    );
  };
  return (
    <>
      <Button isDisabled={make.isBusy} onClick={() => void save('csv')}>
        {texts.activity.csv}
      </Button>
      <Button isDisabled={make.isBusy} onClick={() => void save('json')}>
        {texts.activity.json}
      </Button>
      {make.error !== undefined && <Failure error={make.error} />}
    </>
  );
}

function download({
  fileName,
  mediaType,
  text,
}: {
  fileName: string;
  mediaType: string;
  text: string;
}): void {
  const url = URL.createObjectURL(new Blob([text], { type: mediaType }));
  const link = Object.assign(document.createElement('a'), { href: url, download: fileName });
  link.click();
  // Not at once: the browser reads the file after the click.
  window.setTimeout(() => {
    URL.revokeObjectURL(url);
  }, 60_000);
}
