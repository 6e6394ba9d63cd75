#!/usr/bin/env node
'use strict';
// The first file must run on old releases of Node.js, too, so that they get one clear line: it has only old syntax.
var parts = process.versions.node.split('.').map(Number);
if (parts[0] < 24 || (parts[0] === 24 && parts[1] < 5)) {
  process.stderr.write(
    'towpath needs Node.js 24.5 or newer, and this is ' +
      process.versions.node +
      '. Install a newer one from https://nodejs.org/ or with your version manager.\n',
  );
  process.exitCode = 2;
} else {
  import(require('url').pathToFileURL(require('path').join(__dirname, 'index.js')).href).catch(
    function (error) {
      process.stderr.write(String((error && error.stack) || error) + '\n');
      process.exitCode = 1;
    },
  );
}
