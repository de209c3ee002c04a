"""Trains PPO on CartPole in PyTorch and tells how fast: by Stable-Baselines3, or by a single file as CleanRL's ppo.py has it.

python rival.py sb3|single CONFIG: CONFIG is JSON with numEnvs, numSteps, numMinibatches, updateEpochs, learningRate, gamma,
gaeLambda, clipCoef, entropyCoef, valueCoef, maxGradNorm, hiddenSize, threads and seed. Each line on standard input asks
for that many steps from the start; the answer is one line of JSON: steps, seconds, seconds of processor time, and the
mean return of the last episodes that ended. The first line printed tells the versions.
"""

import json
import sys
import time
from collections import deque

import gymnasium as gym
import numpy as np
import torch
from torch import nn
from torch.distributions import Categorical

ENV = "CartPole-v1"
LAST_EPISODES = 50


def linear(inputs, outputs, gain=np.sqrt(2)):
    layer = nn.Linear(inputs, outputs)
    nn.init.orthogonal_(layer.weight, gain)
    nn.init.zeros_(layer.bias)
    return layer


def network(inputs, hidden, outputs, gain):
    return nn.Sequential(linear(inputs, hidden), nn.Tanh(), linear(hidden, hidden), nn.Tanh(), linear(hidden, outputs, gain))


class Single:
    """Rollouts, advantages and updates written out, one minibatch at a time."""

    def __init__(self, config):
        self.config = config
        torch.manual_seed(config["seed"])
        self.envs = gym.vector.SyncVectorEnv(
            [lambda: gym.wrappers.RecordEpisodeStatistics(gym.make(ENV))] * config["numEnvs"],
            autoreset_mode=gym.vector.AutoresetMode.SAME_STEP,
        )
        size = self.envs.single_observation_space.shape[0]
        self.actor = network(size, config["hiddenSize"], self.envs.single_action_space.n, 0.01)
        self.critic = network(size, config["hiddenSize"], 1, 1.0)
        self.parameters = [*self.actor.parameters(), *self.critic.parameters()]
        self.optimizer = torch.optim.Adam(self.parameters, lr=config["learningRate"], eps=1e-5)
        self.returns = deque(maxlen=LAST_EPISODES)

    def train(self, steps):
        config = self.config
        obs, _ = self.envs.reset(seed=config["seed"])
        batch = config["numEnvs"] * config["numSteps"]
        updates = -(-steps // batch)
        self.state = torch.from_numpy(obs), torch.zeros(config["numEnvs"])
        for update in range(updates):
            self.optimizer.param_groups[0]["lr"] = config["learningRate"] * (1 - update / updates)
            self.improve(*self.collect())
        return updates * batch

    @torch.no_grad()
    def collect(self):
        config = self.config
        length, count = config["numSteps"], config["numEnvs"]
        next_obs, next_done = self.state
        all_obs = torch.zeros(length, count, next_obs.shape[1])
        actions, logs, rewards, dones, values = (torch.zeros(length, count) for _ in range(5))
        for t in range(length):
            all_obs[t], dones[t] = next_obs, next_done
            choice = Categorical(logits=self.actor(next_obs))
            action = choice.sample()
            actions[t], logs[t], values[t] = action, choice.log_prob(action), self.critic(next_obs).flatten()
            obs, reward, terminated, truncated, info = self.envs.step(action.numpy())
            rewards[t] = torch.from_numpy(reward)
            next_obs = torch.from_numpy(obs)
            next_done = torch.from_numpy((terminated | truncated).astype(np.float32))
            if "final_info" in info:
                episodes = info["final_info"]["episode"]
                self.returns.extend(episodes["r"][episodes["_r"]].tolist())
        self.state = next_obs, next_done
        advantages, last = torch.zeros(length, count), 0
        for t in reversed(range(length)):
            going = 1 - (next_done if t == length - 1 else dones[t + 1])
            value = self.critic(next_obs).flatten() if t == length - 1 else values[t + 1]
            delta = rewards[t] + config["gamma"] * value * going - values[t]
            advantages[t] = last = delta + config["gamma"] * config["gaeLambda"] * going * last
        flat = (x.reshape(length * count, *x.shape[2:]) for x in (all_obs, actions, logs, advantages, advantages + values))
        return tuple(flat)

    def improve(self, obs, actions, logs, advantages, returns):
        config = self.config
        count = len(obs)
        for _ in range(config["updateEpochs"]):
            for rows in torch.randperm(count).chunk(config["numMinibatches"]):
                choice = Categorical(logits=self.actor(obs[rows]))
                ratio = (choice.log_prob(actions[rows]) - logs[rows]).exp()
                gain = advantages[rows]
                gain = (gain - gain.mean()) / (gain.std() + 1e-8)
                clipped = ratio.clamp(1 - config["clipCoef"], 1 + config["clipCoef"])
                policy_loss = -torch.min(ratio * gain, clipped * gain).mean()
                value_loss = 0.5 * (self.critic(obs[rows]).flatten() - returns[rows]).square().mean()
                loss = policy_loss - config["entropyCoef"] * choice.entropy().mean() + config["valueCoef"] * value_loss
                self.optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(self.parameters, config["maxGradNorm"])
                self.optimizer.step()


class StableBaselines3:
    def __init__(self, config):
        from stable_baselines3 import PPO
        from stable_baselines3.common.env_util import make_vec_env

        batch = config["numEnvs"] * config["numSteps"]
        rate = config["learningRate"]
        sizes = [config["hiddenSize"]] * 2
        self.model = PPO(
            "MlpPolicy",
            make_vec_env(ENV, n_envs=config["numEnvs"], seed=config["seed"]),
            learning_rate=lambda left: rate * left,
            n_steps=config["numSteps"],
            batch_size=batch // config["numMinibatches"],
            n_epochs=config["updateEpochs"],
            gamma=config["gamma"],
            gae_lambda=config["gaeLambda"],
            clip_range=config["clipCoef"],
            ent_coef=config["entropyCoef"],
            # Theirs is no half of the squared error.
            vf_coef=config["valueCoef"] / 2,
            max_grad_norm=config["maxGradNorm"],
            policy_kwargs={"net_arch": {"pi": sizes, "vf": sizes}},
            seed=config["seed"],
            device="cpu",
        )

    @property
    def returns(self):
        return [episode["r"] for episode in self.model.ep_info_buffer][-LAST_EPISODES:]

    def train(self, steps):
        self.model.learn(steps)
        return self.model.num_timesteps


def main():
    kind, config = sys.argv[1], json.loads(sys.argv[2])
    torch.set_num_threads(config["threads"])
    versions = {"torch": torch.__version__, "gymnasium": gym.__version__}
    if kind == "sb3":
        import stable_baselines3

        versions["stable-baselines3"] = stable_baselines3.__version__
    print(json.dumps(versions), flush=True)
    for line in sys.stdin:
        trainer = StableBaselines3(config) if kind == "sb3" else Single(config)
        wall, processor = time.perf_counter(), time.process_time()
        steps = trainer.train(int(line))
        answer = {
            "steps": steps,
            "seconds": time.perf_counter() - wall,
            "processorSeconds": time.process_time() - processor,
            "meanReturn": float(np.mean(trainer.returns)) if len(trainer.returns) > 0 else None,
        }
        print(json.dumps(answer), flush=True)


main()
