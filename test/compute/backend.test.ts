import * as tf from "@tensorflow/tfjs";
import { describe, expect, test, vi } from "vitest";
import { BACKENDS, readAdapterInfo, selectBackend } from "../../src/compute/backend.ts";
import { BackendError } from "../../src/core/errors.ts";

describe("selectBackend", () => {
  test.each(["wasm", "cpu"])("starts %s, which computes", async (backend) => {
    expect(await selectBackend({ backend })).toBe(backend);
    expect(tf.getBackend()).toBe(backend);
    const product = tf.tidy(() => tf.matMul(tf.fill([2, 3], 2), tf.fill([3, 1], 0.5)));
    expect([...(await product.data())]).toEqual([3, 3]);
    product.dispose();
  });

  test("GENIE_BACKEND decides where no option does", async () => {
    expect(await selectBackend({ env: { GENIE_BACKEND: "wasm" } })).toBe("wasm");
    expect(await selectBackend({ backend: "cpu", env: { GENIE_BACKEND: "wasm" } })).toBe("cpu");
  });

  test("chooses one that works where nothing decides", async () => {
    const name = await selectBackend({ env: {} });
    expect(BACKENDS).toContain(name);
    expect(name).not.toBe("cpu");
    expect(tf.getBackend()).toBe(name);
  });

  test("an unknown backend is an error that lists the known ones", async () => {
    await expect(selectBackend({ backend: "abacus" })).rejects.toThrow(
      new BackendError("backend: must be one of tensorflow, webgpu, wasm, cpu, got abacus"),
    );
  });

  test("a backend that is not installed is an error that says what to install", async () => {
    vi.doMock("webgpu", () => {
      throw new Error("Cannot find package 'webgpu'");
    });
    await expect(selectBackend({ backend: "webgpu" })).rejects.toThrow(
      /npm install @tensorflow\/tfjs-backend-webgpu webgpu/,
    );
    await expect(selectBackend({ backend: "webgpu" })).rejects.toThrow(BackendError);
    vi.doUnmock("webgpu");
  });

  test("a machine without a device for WebGPU is told to install a driver", async () => {
    vi.doMock("webgpu", () => ({ create: () => ({ requestAdapter: () => Promise.resolve(null) }), globals: {} }));
    await expect(selectBackend({ backend: "webgpu" })).rejects.toThrow(
      /webgpu must load, got no device that a driver here serves - .*install a driver for Vulkan/,
    );
    expect(await readAdapterInfo()).toBeNull();
    vi.doUnmock("webgpu");
  });

  test("says nothing on the way to a tensor on the cpu backend", async () => {
    const warn = vi.spyOn(console, "warn");
    await selectBackend({ backend: "cpu" });
    tf.tidy(() => tf.add(1, 2).dataSync());
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });
});

test("the device behind WebGPU says what it is", async () => {
  const info = { vendor: "google", architecture: "swiftshader", description: "", isFallbackAdapter: true };
  vi.doMock("webgpu", () => ({ create: () => ({ requestAdapter: () => Promise.resolve({ info }) }), globals: {} }));
  expect(await readAdapterInfo()).toEqual(info);
  vi.doUnmock("webgpu");
});
