/**
 * Installs @tensorflow/tfjs-node with the TensorFlow of a PyPI wheel. Its own download is TensorFlow 2.9 with CUDA 11, which
 * does not support current GPUs and is blocked by many firewalls.
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

const help = `Installs engine tfjs-node: @tensorflow/tfjs-node with the TensorFlow of a PyPI wheel.

  npm run setup:tfjs-node -- [options]

  --python PROGRAM      use this Python's TensorFlow, if it has one (default python3); for a GPU:
                        pip install 'tensorflow[and-cuda]==2.21.0'
  --wheel REQUIREMENT   otherwise download this wheel and use its libraries (default tensorflow-cpu==2.21.0)
  --help

This needs a C++ compiler and make. Run it again after each npm ci.
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
linkLibraries(folder, tensorflow);
compile(folder, tensorflow);
run(process.execPath, ["-e", "require('@tensorflow/tfjs-node')"], root);
console.log("Engine tfjs-node works here");

function installedTensorflow(): string | undefined {
  const script = "import importlib.util as u; print(u.find_spec('tensorflow').submodule_search_locations[0])";
  const { status, stdout } = spawnSync(values.python, ["-c", script], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

/** Unpacks the wheel in node_modules, where `npm ci` removes it. */
function unpackedTensorflow(): string {
  const target = join(root, "node_modules/.tensorflow");
  const unpacked = join(target, "tensorflow");
  if (existsSync(unpacked)) return unpacked;
  mkdirSync(target, { recursive: true });
  const pip = ["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"];
  run(values.python, [...pip, "--dest", target, values.wheel], root);
  const wheel = readdirSync(target).find((file) => file.endsWith(".whl"));
  if (!wheel) throw new Error(`Cannot unpack TensorFlow: pip left no wheel for ${values.wheel} in ${target}`);
  run(values.python, ["-m", "zipfile", "-e", join(target, wheel), target], root);
  rmSync(join(target, wheel));
  return unpacked;
}

/** Installs without the install script, which would download. npm removes other unsaved packages, so Dawn is named too. */
function install(): void {
  const dawn = existsSync(join(root, "node_modules/webgpu")) ? ["webgpu"] : [];
  const wanted = [`@tensorflow/tfjs-node@${packageVersion}`, ...dawn];
  run("npm", ["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", ...wanted], root);
}

/** Makes the links into the wheel that binding.gyp needs; there libtensorflow is a part of libtensorflow_cc. */
function linkLibraries(folder: string, tensorflow: string): void {
  const deps = join(folder, "deps");
  rmSync(deps, { recursive: true, force: true });
  mkdirSync(join(deps, "lib"), { recursive: true });
  symlinkSync(join(tensorflow, "include"), join(deps, "include"));
  for (const library of ["cc", "framework"]) {
    const source = join(tensorflow, `libtensorflow_${library}.so.2`);
    const plain = library === "cc" ? "libtensorflow.so" : "libtensorflow_framework.so";
    for (const name of [plain, `libtensorflow_${library}.so.2`]) symlinkSync(source, join(deps, "lib", name));
  }
}

function compile(folder: string, tensorflow: string): void {
  // npm has node-gyp, and tells its scripts where.
  const gyp = process.env.npm_config_node_gyp;
  if (!gyp) throw new Error("Cannot find node-gyp: run `npm run setup:tfjs-node`");
  const prefix = dirname(dirname(process.execPath));
  const headers = existsSync(join(prefix, "include/node/node_api.h")) ? [`--nodedir=${prefix}`] : [];
  const module = ["--module_name=tfjs_binding", `--module_path=${join(folder, "lib/napi-v8")}`];
  // The wheel's libraries find CUDA's by their own path, which links would hide.
  const env = { ...process.env, LDFLAGS: `-Wl,-rpath,${tensorflow} ${process.env.LDFLAGS ?? ""}` };
  const options = [...headers, "--napi_build_version=8", ...module];
  run(process.execPath, [gyp, "configure", "build", ...options], folder, env);
}

function run(program: string, args: readonly string[], cwd: string, env = process.env): void {
  execFileSync(program, args, { cwd, env, stdio: "inherit" });
}
