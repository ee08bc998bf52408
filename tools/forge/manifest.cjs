const { ConfigFile, FileSystemReader, FileSystemWriter } = require('@forge/cli-shared');

/** Reads manifest.yml of the current folder the way the Forge CLI does. */
exports.readManifest = () => new ConfigFile(new FileSystemReader(), new FileSystemWriter()).readConfig();
