/**
 * `npm run setup:tfjs-node`: @tensorflow/tfjs-node on the TensorFlow of a PyPI wheel. Its own download is TensorFlow 2.9
 * with CUDA 11, which knows no current GPU and is out of reach behind many firewalls.
 *
 *     npm run setup:tfjs-node -- --help
 */

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const packageVersion = "4.22.0";
const root = fileURLToPath(new URL("../..", import.meta.url));

const help = `Makes engine tfjs-node work here: @tensorflow/tfjs-node on the TensorFlow of a PyPI wheel.

  npm run setup:tfjs-node -- [options]

  --python PROGRAM      whose TensorFlow is taken, where it has one (default python3); for a GPU:
                        pip install 'tensorflow[and-cuda]==2.21.0'
  --wheel REQUIREMENT   else this is downloaded, of which only the libraries are used (default tensorflow-cpu==2.21.0)
  --help

It needs a C++ compiler and make, and is to be done again after each npm ci.
`;

const { values } = parseArgs({
  options: {
    help: { type: "boolean", default: false },
    python: { type: "string", default: "python3" },
    wheel: { type: "string", default: "tensorflow-cpu==2.21.0" },
  },
});

if (values.help) {
  process.stdout.write(help);
  process.exit();
}
const tensorflow = installedTensorflow() ?? unpackedTensorflow();
console.log(`TensorFlow: ${tensorflow}`);
install();
const folder = join(root, "node_modules/@tensorflow/tfjs-node");
link(folder, tensorflow);
compile(folder, tensorflow);
run(process.execPath, ["-e", "require('@tensorflow/tfjs-node')"], root);
console.log("Engine tfjs-node works here");

function installedTensorflow(): string | undefined {
  const script = "import importlib.util as u; print(u.find_spec('tensorflow').submodule_search_locations[0])";
  const { status, stdout } = spawnSync(values.python, ["-c", script], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

/** In node_modules, where `npm ci` takes it away again. */
function unpackedTensorflow(): string {
  const place = join(root, "node_modules/.tensorflow");
  const unpacked = join(place, "tensorflow");
  if (existsSync(unpacked)) return unpacked;
  mkdirSync(place, { recursive: true });
  const pip = ["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"];
  run(values.python, [...pip, "--dest", place, values.wheel], root);
  const wheel = readdirSync(place).find((file) => file.endsWith(".whl"));
  if (!wheel) throw new Error(`Cannot unpack TensorFlow: pip left no wheel for ${values.wheel} in ${place}`);
  run(values.python, ["-m", "zipfile", "-e", join(place, wheel), place], root);
  rmSync(join(place, wheel));
  return unpacked;
}

/** Without its install script, which would download. npm takes away what it was not told of, so it is told of Dawn too. */
function install(): void {
  const dawn = existsSync(join(root, "node_modules/webgpu")) ? ["webgpu"] : [];
  const wanted = [`@tensorflow/tfjs-node@${packageVersion}`, ...dawn];
  run("npm", ["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", ...wanted], root);
}

/** What its binding.gyp looks for, as links into the wheel: there libtensorflow is a part of libtensorflow_cc. */
function link(folder: string, tensorflow: string): void {
  const deps = join(folder, "deps");
  rmSync(deps, { recursive: true, force: true });
  mkdirSync(join(deps, "lib"), { recursive: true });
  symlinkSync(join(tensorflow, "include"), join(deps, "include"));
  for (const [name, library] of [
    ["libtensorflow.so", "libtensorflow_cc.so.2"],
    ["libtensorflow_cc.so.2", "libtensorflow_cc.so.2"],
    ["libtensorflow_framework.so", "libtensorflow_framework.so.2"],
    ["libtensorflow_framework.so.2", "libtensorflow_framework.so.2"],
  ] as const) {
    symlinkSync(join(tensorflow, library), join(deps, "lib", name));
  }
}

function compile(folder: string, tensorflow: string): void {
  // npm brings node-gyp, and tells its scripts where.
  const gyp = process.env.npm_config_node_gyp;
  if (!gyp) throw new Error("Cannot find node-gyp: start this by npm run setup:tfjs-node");
  const prefix = dirname(dirname(process.execPath));
  const headers = existsSync(join(prefix, "include/node/node_api.h")) ? [`--nodedir=${prefix}`] : [];
  const module = ["--module_name=tfjs_binding", `--module_path=${join(folder, "lib/napi-v8")}`];
  // The wheel's libraries find CUDA's by where they themselves lie, which links would hide.
  const env = { ...process.env, LDFLAGS: `-Wl,-rpath,${tensorflow} ${process.env.LDFLAGS ?? ""}` };
  run(
    process.execPath,
    [gyp, "configure", "build", ...headers, "--napi_build_version=8", ...module],
    folder,
    env,
  );
}

function run(program: string, args: readonly string[], cwd: string, env = process.env): void {
  execFileSync(program, args, { cwd, env, stdio: "inherit" });
}
