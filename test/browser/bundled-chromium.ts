import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** A Chromium as it lies on the disk: its binary and the environment it needs to find its libraries and fonts. */
export interface UnpackedChromium {
  executablePath: string;
  env: Record<string, string>;
}

/** The package knows the builds of Amazon Linux only: on any other system it is told to be there, since its libraries serve anywhere. */
const PACKAGE_ENVIRONMENT = { AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x' };

/**
 * Open Sans for every family, so that text renders, and renders alike, on a machine without any font; what Open Sans
 * lacks (arrows, emoji) is taken from the machine's own fonts, where it has some.
 */
const FONT_CONFIGURATION = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <dir>/usr/share/fonts</dir>
  <dir>/usr/local/share/fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
  <match target="pattern">
    <edit name="family" mode="append_last" binding="strong"><string>Open Sans</string></edit>
  </match>
</fontconfig>
`;

/** Whether the package's binary can run here: it is built for 64-bit Linux on Intel or AMD. */
export function canRunBundledChromium(): boolean {
  return process.platform === 'linux' && process.arch === 'x64';
}

/**
 * Unpacks the Chromium of `@sparticuz/chromium`, with libraries and fonts, into `folder`, unless it is there already.
 * Safe to call from several processes at once: each unpacks beside the folder, the first to finish puts its work in place.
 */
export async function unpackBundledChromium(folder: string): Promise<UnpackedChromium> {
  if (!existsSync(folder)) await unpack(folder);
  return {
    executablePath: join(folder, 'chromium'),
    env: {
      LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'),
      FONTCONFIG_FILE: join(folder, 'fonts', 'fonts.conf'),
    },
  };
}

async function unpack(folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const staging = await mkdtemp(`${folder}.unpacking-`);
  try {
    // The package unpacks into the system's temporary folder and nowhere else; a process of its own can be given another one.
    const script = `require(${JSON.stringify(require.resolve('@sparticuz/chromium'))}).executablePath()`;
    await promisify(execFile)(process.execPath, ['-e', script], {
      env: { ...process.env, ...PACKAGE_ENVIRONMENT, TMPDIR: staging },
    });
    await writeFile(join(staging, 'fonts', 'fonts.conf'), FONT_CONFIGURATION);
    await rename(staging, folder);
  } catch (cause) {
    await rm(staging, { recursive: true, force: true });
    // A folder that is there by now is the work of another process that was faster.
    if (!existsSync(folder)) throw cause;
  }
}
